/* A small check of XML 1.0 well-formedness: tags that nest and close, quoted and unique attributes, known entities,
 * UTF-8 without forbidden characters. Knows no DTD, CDATA or namespaces. */
#ifndef TARE_TESTS_REPORT_XML_H
#define TARE_TESTS_REPORT_XML_H

#include <stdbool.h>

/* NULL, or what is wrong and where. `html` allows <!DOCTYPE>, void elements, and anything in <style> and <script>. */
const char *xml_problem(const char *text, bool html);

/* How many start tags of that name. */
int xml_count(const char *text, const char *name);

#endif
