#pragma once

#include <stdint.h>

/* A debugger's, or QEMU's, services to the program that it runs. */

#ifdef __cplusplus
extern "C" {
#endif

void semihosting_write(const char* text);
__attribute__((noreturn)) void semihosting_exit(int status);

/* Opens a file of the computer, in the folder where QEMU was started, to be read; -1 if there is none. */
int semihosting_open(const char* path);
/* The bytes that could not be read, 0 if all could. */
uint32_t semihosting_read(int file, void* to, uint32_t bytes);

#ifdef __cplusplus
}
#endif
