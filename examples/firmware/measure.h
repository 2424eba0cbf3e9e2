#pragma once

#include <stdint.h>

/* What a function costs the chip. */

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes of stack that a call of `work` has written to. */
uint32_t stack_of(void (*work)(void));

/* The ticks of the core's clock from before a call of `work` until after it; 0 if they were too many to be counted, which
   2^24 are. With QEMU's -icount a tick is a fixed fraction of an instruction: see ticks_of_known. */
uint32_t ticks_of(void (*work)(void));

/* The same of a hundred thousand instructions, and of none. */
uint32_t ticks_of_known(void);
uint32_t ticks_of_nothing(void);

#ifdef __cplusplus
}
#endif
