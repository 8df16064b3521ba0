/* SPDX-License-Identifier: Apache-2.0 */
/* The board: Arm's MPS2 with AN386, a Cortex-M4F, as QEMU emulates it. No operating system, no C
 * library. */

#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tells the debugger, or the emulator. */
void say(const char *text);
void say_part(const char *bytes, size_t length);
void say_number(uint32_t number);

/* Ends the emulator. */
void board_end(bool well);

/* What this board has for random bytes: its cycle counter. A device that has a source of random
 * bytes takes that, and one that has none must not claim so. */
int32_t board_random(void *context, uint8_t *buffer, size_t length);

/* Bytes of the heap in use, and the most that ever were; the most bytes of the stack. */
size_t heap_in_use(void);
size_t heap_high_water(void);
size_t stack_high_water(void);

#endif
