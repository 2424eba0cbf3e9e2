#include "measure.h"

#define PAINT 0x5AC3A53Cu

extern uint32_t stack_limit; /* from the linker script: the lowest address of the stack */

uint32_t stack_of(void (*work)(void)) {
  uint32_t* top;
  __asm__ volatile("mov %0, sp" : "=r"(top));
  for (volatile uint32_t* word = &stack_limit; word < top; ++word) *word = PAINT;
  work();
  const volatile uint32_t* lowest = &stack_limit;
  while (lowest < top && *lowest == PAINT) ++lowest;
  return (uint32_t)((const char*)top - (const char*)lowest);
}

/* SysTick, the timer of every Cortex-M, counts down in 24 bits. */
static volatile uint32_t* const control = (volatile uint32_t*)0xE000E010;
static volatile uint32_t* const reload = (volatile uint32_t*)0xE000E014;
static volatile uint32_t* const value = (volatile uint32_t*)0xE000E018;

uint32_t ticks_of(void (*work)(void)) {
  *control = 0;
  *reload = 0xFFFFFF;
  *value = 0;
  *control = 5;   /* on, with the core's clock, without interrupts */
  (void)*control; /* reading clears the flag of a wrap */
  const uint32_t before = *value;
  work();
  const uint32_t after = *value;
  const int has_wrapped = (*control >> 16 & 1) != 0;
  return has_wrapped ? 0 : before - after;
}

static void known(void) {
  uint32_t rounds = 50000;
  __asm__ volatile(".syntax unified\n1: subs %0, #1\n bne 1b" : "+l"(rounds) : : "cc");
}
static void nothing(void) { __asm__ volatile(""); }

uint32_t ticks_of_known(void) { return ticks_of(known); }
uint32_t ticks_of_nothing(void) { return ticks_of(nothing); }
