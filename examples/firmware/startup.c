/* The startup of a Cortex-M: the vector table, the initialization of memory and of the floating-point unit, and the end
   of the program after main. In C, since a C++ compiler mangles the names of the handlers. */

#include "semihosting.h"

extern unsigned int stack_top, data_begin, data_end, data_in_flash, bss_begin, bss_end;
extern void (*init_array_begin[])(void), (*init_array_end[])(void);
int main(void);

static void enable_fpu(void) {
#ifdef __ARM_FP
  volatile unsigned int* const access = (volatile unsigned int*)0xE000ED88; /* CPACR: coprocessors 10 and 11 */
  *access |= 0xFu << 20;
  __asm__ volatile("dsb\n isb" ::: "memory");
#endif
}

__attribute__((noreturn)) void reset(void) {
  enable_fpu();
  unsigned int* from = &data_in_flash;
  for (unsigned int* to = &data_begin; to < &data_end; ++to) *to = *from++;
  for (unsigned int* to = &bss_begin; to < &bss_end; ++to) *to = 0;
  for (void (**constructor)(void) = init_array_begin; constructor < init_array_end; ++constructor) (*constructor)();
  semihosting_exit(main());
}

__attribute__((noreturn)) void fault(void) {
  semihosting_write("fault\n");
  semihosting_exit(100);
}

/* An entry of the vector table; the first one is the initial stack pointer. */
union vector {
  unsigned int* stack;
  void (*handler)(void);
};
__attribute__((section(".vectors"), used)) const union vector vectors[16] = {{.stack = &stack_top},
                                                                             {.handler = reset},
                                                                             {.handler = fault},
                                                                             {.handler = fault},
                                                                             {.handler = fault},
                                                                             {.handler = fault},
                                                                             {.handler = fault},
                                                                             {0},
                                                                             {0},
                                                                             {0},
                                                                             {0},
                                                                             {.handler = fault},
                                                                             {.handler = fault},
                                                                             {0},
                                                                             {.handler = fault},
                                                                             {.handler = fault}};
