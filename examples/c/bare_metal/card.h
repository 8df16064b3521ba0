/* SPDX-License-Identifier: Apache-2.0 */
/* A card of a few files, in place of a driver for the device's reader or modem. */

#ifndef CARD_H
#define CARD_H

#include <stddef.h>
#include <stdint.h>

/* Pulls the card out. */
void card_pull(void);

/* A simstrap_transmit, without a context. */
int32_t card_transmit(void *context, const uint8_t *command, size_t command_length,
                      uint8_t *response, size_t capacity, size_t *response_length);

#endif
