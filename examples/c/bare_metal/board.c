/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"

/* From link.ld. */
extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];

/* What the stack is painted with. */
#define PAINT 0xA5A5A5A5u

#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)

int main(void);
void board_reset(void);

/* --- Semihosting ---------------------------------------------------------------------------- */

#define SYS_WRITE0 0x04u
#define SYS_EXIT 0x18u
#define STOPPED_APPLICATION_EXIT 0x20026u
#define STOPPED_RUN_TIME_ERROR 0x20023u

static void semihosting(uint32_t operation, uint32_t parameter)
{
    register uint32_t r0 __asm__("r0") = operation;
    register uint32_t r1 __asm__("r1") = parameter;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void say(const char *text)
{
    semihosting(SYS_WRITE0, (uint32_t)(uintptr_t)text);
}

void say_part(const char *bytes, size_t length)
{
    char letter[2] = {0, 0};
    size_t at;
    for (at = 0; at < length; at++) {
        letter[0] = bytes[at];
        say(letter);
    }
}

void say_number(uint32_t number)
{
    char digits[11];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(digits + at);
}

void board_end(bool well)
{
    for (;;) {
        semihosting(SYS_EXIT, well ? STOPPED_APPLICATION_EXIT : STOPPED_RUN_TIME_ERROR);
    }
}

/* --- Start ---------------------------------------------------------------------------------- */

static void fault(void)
{
    say("fault\n");
    board_end(false);
}

void board_reset(void)
{
    uint32_t *to;
    const uint32_t *from = data_load;
    volatile uint32_t *paint;
    CPACR |= 0xFu << 20; /* the library uses the floating-point unit */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    for (to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
    for (paint = bss_end; paint < (volatile uint32_t *)__builtin_frame_address(0) - 16; paint++) {
        *paint = PAINT;
    }
    SYSTICK_RELOAD = 0xFFFFFF;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 5; /* on, counting cycles, no interrupt */
    board_end(main() == 0);
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    handler reset, faults[5];
} vectors = {stack_top, board_reset, {fault, fault, fault, fault, fault}};

int32_t board_random(void *context, uint8_t *buffer, size_t length)
{
    static uint32_t state = 0x9E3779B9u;
    size_t at;
    (void)context;
    for (at = 0; at < length; at++) {
        state ^= SYSTICK_VALUE;
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        buffer[at] = (uint8_t)state;
    }
    return 0;
}

size_t stack_high_water(void)
{
    const volatile uint32_t *word = bss_end;
    while (word < stack_top && *word == PAINT) {
        word++;
    }
    return (size_t)((const volatile uint8_t *)stack_top - (const volatile uint8_t *)word);
}
