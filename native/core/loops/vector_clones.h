// For loops that must become vector instructions: the compiler makes a version for each instruction set, and the best is
// taken at load time.
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define DC_TARGET_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DC_TARGET_CLONES
#endif
