#include "semihosting.h"

static int call(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void semihosting_write(const char *text) { call(0x04, text); } /* SYS_WRITE0 */

void semihosting_exit(int status) {
  const unsigned int block[2] = {0x20026, (unsigned int)status}; /* the application has ended */
  for (;;) call(0x20, block);                                    /* SYS_EXIT_EXTENDED */
}
