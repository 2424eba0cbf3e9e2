#include "semihosting.h"

static int call(int operation, const void* argument) {
  register int r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void semihosting_write(const char* text) { call(0x04, text); } /* SYS_WRITE0 */

void semihosting_exit(int status) {
  const uint32_t block[2] = {0x20026, (uint32_t)status}; /* the application has ended */
  for (;;) call(0x20, block);                            /* SYS_EXIT_EXTENDED */
}

int semihosting_open(const char* path) {
  uint32_t length = 0;
  while (path[length] != '\0') ++length;
  const uint32_t block[3] = {(uint32_t)path, 1 /* rb */, length};
  return call(0x01, block); /* SYS_OPEN */
}

uint32_t semihosting_read(int file, void* to, uint32_t bytes) {
  const uint32_t block[3] = {(uint32_t)file, (uint32_t)to, bytes};
  return (uint32_t)call(0x06, block); /* SYS_READ */
}
