/* SPDX-License-Identifier: Apache-2.0 */
/* A card behind a modem that speaks AT+CSIM: on a serial line, or on a TCP socket. */

#ifndef AT_CARD_H
#define AT_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_card {
    int descriptor;
    /* What has arrived and was not looked at yet. */
    char waiting[2048];
    size_t waiting_length;
    /* Milliseconds of silence after which a command counts as unanswered; at_card_open sets it. */
    int patience_ms;
    /* A command went unanswered: what is late has to come before the next. */
    bool answer_is_late;
};

/* Opens `HOST:PORT`, or a serial device at 115200 baud. Returns 0, or -1 with errno set. */
int at_card_open(struct at_card *card, const char *address);

void at_card_close(struct at_card *card);

/* A simstrap_transmit; `context` is a struct at_card. */
int32_t at_card_transmit(void *context, const uint8_t *command, size_t command_length,
                         uint8_t *response, size_t capacity, size_t *response_length);

#endif
