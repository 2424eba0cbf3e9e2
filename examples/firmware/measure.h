#pragma once

#include <stdint.h>

/* Measures the stack and the time of a function. */

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes of stack that a call of `work` uses. */
uint32_t stack_of(void (*work)(void));

/* The ticks of the core's clock during a call of `work`; 0 if there were 2^24 or more, which the timer cannot count.
   With QEMU's -icount a tick is a fixed fraction of an instruction: see ticks_of_known. */
uint32_t ticks_of(void (*work)(void));

/* The ticks of a hundred thousand instructions, and of none, to convert ticks to instructions. */
uint32_t ticks_of_known(void);
uint32_t ticks_of_nothing(void);

#ifdef __cplusplus
}
#endif
