/* TARE_SANITIZED: 1 where this is compiled with AddressSanitizer or ThreadSanitizer, else 0. For #if. */
#ifndef TARE_BASE_SANITIZED_H
#define TARE_BASE_SANITIZED_H

#if defined(__has_feature) /* clang; gcc defines macros */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TARE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TARE_SANITIZED 1
#endif
#ifndef TARE_SANITIZED
#define TARE_SANITIZED 0
#endif

#endif
