/* A disassembly as objdump prints it, with the samples beside each instruction, its hottest loop, and the branches at
 * 32-byte boundaries. */
#ifndef TARE_RUNNER_LISTING_H
#define TARE_RUNNER_LISTING_H

#include "framework/measure/dive.h"
#include "framework/result/dive.h"

/* Appends the instructions of `objdump -d -w`; other lines are passed over. TARE_ENOMEM. */
int listing_parse(struct tare_code *c, const char *text);

/* Adds samples to the instructions that they fell on. */
void listing_add_samples(struct tare_code *c, const struct tare_spot *spots, size_t n);

/* Fills loop_begin and loop_end: the shortest loop, from a jump back to its target, with two thirds of the samples that
 * are the listing's; without one the loop with the most, if that is a third. A loop comes round to its
 * jump by itself: what a compiler put out of line jumps back too. TARE_ENOMEM. */
int listing_find_loop(struct tare_code *c);

/* x86: marks the jumps, calls and returns that cross or end on a 32-byte boundary, a comparison that the processor
 * fuses with its conditional jump counted as one with it (Intel, "Mitigations for Jump Conditional Code Erratum",
 * 2019). */
void listing_mark_branches(struct tare_code *c);

/* Whether `first` is fused with the conditional jump behind it (Intel 248966, "Macro-fusion"): test and and with any,
 * cmp, add and sub with those that look at carry or zero or compare signed, inc and dec with those that do not look at
 * carry; never with an immediate and memory both, a memory destination, or an address relative to the instruction
 * pointer. AT&T syntax. */
bool listing_fuses(const char *first, const char *jump);

#endif
