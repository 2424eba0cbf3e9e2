#pragma once

#include <stdint.h>

/* Services of a debugger or of QEMU for the program that it runs. */

#ifdef __cplusplus
extern "C" {
#endif

void semihosting_write(const char* text);
__attribute__((noreturn)) void semihosting_exit(int status);

/* Opens a file of the computer for reading, in the folder where QEMU was started. Returns -1 if there is none. */
int semihosting_open(const char* path);
/* Reads bytes into `to`. Returns the number of bytes that could not be read. */
uint32_t semihosting_read(int file, void* to, uint32_t bytes);

#ifdef __cplusplus
}
#endif
