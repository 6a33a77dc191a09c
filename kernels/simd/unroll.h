/* UNROLL before a loop of a few turns, so that an array of vectors stays in registers. */
#ifndef KN_SIMD_UNROLL_H
#define KN_SIMD_UNROLL_H

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#endif
