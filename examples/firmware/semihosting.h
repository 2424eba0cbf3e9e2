#pragma once

/* A debugger's, or QEMU's, services to the program that it runs. */

#ifdef __cplusplus
extern "C" {
#endif

void semihosting_write(const char *text);
__attribute__((noreturn)) void semihosting_exit(int status);

#ifdef __cplusplus
}
#endif
