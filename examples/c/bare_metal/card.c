/* SPDX-License-Identifier: Apache-2.0 */
#include "card.h"

#include <stdbool.h>

#include "simstrap.h"

/* --- What is on it -------------------------------------------------------------------------- */

/* EF ICCID: 8988211000000123458, digits swapped in each byte (TS 102 221 13.2). */
static const uint8_t iccid[] = {0x98, 0x88, 0x12, 0x01, 0x00, 0x00, 0x10, 0x32, 0x54, 0xF8};

/* EF DIR: one record, the AID of PKCS#15. */
static const uint8_t directory[] = {0x61, 0x0E, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x00,
                                    0x63, 'P',  'K',  'C',  'S',  '-',  '1',  '5'};

/* EF ODF: data objects are in file 6430. */
static const uint8_t objects[] = {0xA7, 0x06, 0x30, 0x04, 0x04, 0x02, 0x64, 0x30};

/* EF DODF: the object 2.23.43.9.1 is in file 6432. */
static const uint8_t data_objects[] = {0xA1, 0x14, 0x30, 0x00, 0x30, 0x00, 0xA1, 0x0E,
                                       0x30, 0x0C, 0x06, 0x04, 0x67, 0x2B, 0x09, 0x01,
                                       0x30, 0x04, 0x04, 0x02, 0x64, 0x32};

/* EF LwM2M_Bootstrap: two accounts. */
static const uint8_t bootstrap[] = {
    0x00, 0x02, 0x00, 0x91,
    /* Security */
    0x00, 0x00, 0x00, 0x00, 0x65,
    0x08, 0x00, 0x43,
    0xC8, 0x00, 0x19, 'c', 'o', 'a', 'p', 's', ':', '/', '/', 'l', 'w', 'm', '2', 'm', '.',
    'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'c', 'o', 'm',
    0xC1, 0x01, 0x00, /* no bootstrap server */
    0xC1, 0x02, 0x00, /* PSK */
    0xC8, 0x03, 0x08, 'd', 'e', 'v', 'i', 'c', 'e', '-', '7',
    0xC8, 0x05, 0x10, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7,
    0xC8, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF,
    0xC1, 0x0A, 0x65, /* short server id 101 */
    0x08, 0x01, 0x1C,
    0xC8, 0x00, 0x10, 'c', 'o', 'a', 'p', ':', '/', '/', '1', '9', '2', '.', '0', '.', '2', '.',
    '1',
    0xC1, 0x01, 0x00, /* no bootstrap server */
    0xC1, 0x02, 0x03, /* NoSec */
    0xC1, 0x0A, 0x66, /* short server id 102 */
    /* Server */
    0x00, 0x01, 0x00, 0x00, 0x22,
    0x08, 0x00, 0x0F,
    0xC1, 0x00, 0x65,                   /* short server id 101 */
    0xC4, 0x01, 0x00, 0x01, 0x51, 0x80, /* lifetime of a day */
    0xC1, 0x06, 0x00,                   /* notifications are not stored */
    0xC1, 0x07, 'U',
    0x08, 0x01, 0x0D,
    0xC1, 0x00, 0x66,       /* short server id 102 */
    0xC2, 0x01, 0x0E, 0x10, /* lifetime of an hour */
    0xC1, 0x06, 0x00,
    0xC1, 0x07, 'U',
};

struct file {
    uint16_t id;
    /* Short file identifier; 0 for none. */
    uint8_t short_id;
    bool in_application;
    const uint8_t *bytes;
    size_t length;
};

static const struct file files[] = {
    {0x2FE2, 0x02, false, iccid, sizeof iccid},
    {0x2F00, 0x1E, false, directory, sizeof directory},
    {0x5031, 0x11, true, objects, sizeof objects},
    {0x6430, 0x00, true, data_objects, sizeof data_objects},
    {0x6432, 0x00, true, bootstrap, sizeof bootstrap},
};

#define FILES (sizeof files / sizeof files[0])

/* --- What it does --------------------------------------------------------------------------- */

#define OK 0x9000
#define NO_CHANNEL 0x6881
#define NO_RECORD 0x6A83
#define NO_FILE 0x6A82
#define NO_CURRENT_FILE 0x6986
#define WRONG_OFFSET 0x6B00
#define UNKNOWN 0x6D00

static struct {
    bool pulled;
    /* Channel 1, and what is selected on it. */
    bool open;
    bool in_application;
    const struct file *file;
} card;

/* A command, and where the answer goes. */
struct exchange {
    const uint8_t *command;
    size_t command_length;
    uint8_t *response;
    size_t capacity;
    size_t length;
};

static void answer(struct exchange *exchange, const uint8_t *bytes, size_t length)
{
    size_t at;
    for (at = 0; at < length && exchange->length < exchange->capacity; at++) {
        exchange->response[exchange->length++] = bytes[at];
    }
}

static const struct file *by_short_id(uint8_t short_id)
{
    size_t at;
    for (at = 0; at < FILES; at++) {
        if (files[at].short_id == short_id && files[at].in_application == card.in_application) {
            return &files[at];
        }
    }
    return NULL;
}

static uint16_t manage_channel(struct exchange *exchange)
{
    const uint8_t *command = exchange->command;
    uint8_t channel = 1;
    if (command[2] == 0x00 && !card.open) {
        card.open = true;
        card.in_application = false;
        card.file = NULL;
        answer(exchange, &channel, 1);
        return OK;
    }
    if (command[2] == 0x80 && command[3] == 1 && card.open) {
        card.open = false;
        return OK;
    }
    return NO_CHANNEL;
}

static uint16_t select_application(struct exchange *exchange)
{
    static const uint8_t control[] = {0x62, 0x04, 0x82, 0x02, 0x78, 0x21};
    const uint8_t *aid = directory + 4;
    uint8_t at;
    for (at = 0; at < exchange->command[4]; at++) {
        if (at >= 12 || exchange->command[5 + at] != aid[at]) {
            return NO_FILE;
        }
    }
    card.in_application = true;
    card.file = NULL;
    answer(exchange, control, sizeof control);
    return OK;
}

static uint16_t select_file(struct exchange *exchange)
{
    uint16_t id = (uint16_t)(exchange->command[5] << 8 | exchange->command[6]);
    uint8_t control[] = {0x62, 0x0C, 0x82, 0x02, 0x41, 0x21, 0x83, 0x02, 0, 0, 0x80, 0x02, 0, 0};
    size_t at;
    for (at = 0; at < FILES; at++) {
        if (files[at].id == id && files[at].in_application == card.in_application) {
            card.file = &files[at];
            control[8] = (uint8_t)(id >> 8);
            control[9] = (uint8_t)id;
            control[12] = (uint8_t)(files[at].length >> 8);
            control[13] = (uint8_t)files[at].length;
            answer(exchange, control, sizeof control);
            return OK;
        }
    }
    return NO_FILE;
}

static uint16_t read_binary(struct exchange *exchange)
{
    const uint8_t *command = exchange->command;
    size_t offset = (size_t)(command[2] << 8 | command[3]);
    size_t wanted = command[4] == 0 ? 256 : command[4];
    const struct file *file = card.file;
    if ((command[2] & 0x80) != 0) {
        file = by_short_id(command[2] & 0x1F);
        offset = command[3];
        if (file == NULL) {
            return NO_FILE;
        }
        card.file = file;
    }
    if (file == NULL) {
        return NO_CURRENT_FILE;
    }
    if (offset > file->length) {
        return WRONG_OFFSET;
    }
    if (wanted > file->length - offset) {
        wanted = file->length - offset;
    }
    answer(exchange, file->bytes + offset, wanted);
    return OK;
}

static uint16_t read_record(struct exchange *exchange)
{
    const struct file *file = by_short_id(exchange->command[3] >> 3);
    if (file == NULL) {
        return NO_FILE;
    }
    if (exchange->command[2] != 1) {
        return NO_RECORD;
    }
    answer(exchange, file->bytes, file->length);
    return OK;
}

static uint16_t carry_out(struct exchange *exchange)
{
    const uint8_t *command = exchange->command;
    if (exchange->command_length < 4) {
        return UNKNOWN;
    }
    if (command[0] == 0x00 && command[1] == 0x70) {
        return manage_channel(exchange);
    }
    if (command[0] != 0x01 || !card.open || exchange->command_length < 5) {
        return NO_CHANNEL;
    }
    switch (command[1]) {
    case 0xA4:
        if (exchange->command_length < 5u + command[4]) {
            return UNKNOWN;
        }
        return command[2] == 0x04 ? select_application(exchange) : select_file(exchange);
    case 0xB0:
        return read_binary(exchange);
    case 0xB2:
        return read_record(exchange);
    default:
        return UNKNOWN;
    }
}

void card_pull(void)
{
    card.pulled = true;
}

int32_t card_transmit(void *context, const uint8_t *command, size_t command_length,
                      uint8_t *response, size_t capacity, size_t *response_length)
{
    struct exchange exchange = {command, command_length, response, capacity, 0};
    uint16_t status;
    uint8_t bytes[2];
    (void)context;
    if (card.pulled) {
        return SIMSTRAP_TRANSMISSION_NO_CARD;
    }
    status = carry_out(&exchange);
    bytes[0] = (uint8_t)(status >> 8);
    bytes[1] = (uint8_t)status;
    answer(&exchange, bytes, sizeof bytes);
    *response_length = exchange.length;
    return SIMSTRAP_TRANSMISSION_DONE;
}
