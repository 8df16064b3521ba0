/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#define _POSIX_C_SOURCE 200809L

#include "at_card.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "simstrap.h"

/* A card may take a while for cryptography; after this it counts as silent. */
#define PATIENCE_MS 10000
/* How often a modem is spoken to that does not answer, and the pause after which nothing more of
 * what is late will come. */
#define PROBES 3
#define QUIET_MS 20
/* The most lines, echo and news of the network among them, before the end of an answer. */
#define MOST_LINES 256
/* `+CSIM: 520,"` and 260 bytes in hexadecimal digits, with room to spare. */
#define LINE_SIZE 600

static int open_socket(const char *host, const char *port)
{
    struct addrinfo hints, *found, *each;
    int descriptor = -1;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        errno = ENOENT;
        return -1;
    }
    for (each = found; each != NULL && descriptor < 0; each = each->ai_next) {
        descriptor = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
        if (descriptor >= 0 && connect(descriptor, each->ai_addr, each->ai_addrlen) != 0) {
            close(descriptor);
            descriptor = -1;
        }
    }
    freeaddrinfo(found);
    return descriptor;
}

static int open_serial(const char *path)
{
    struct termios settings;
    int descriptor = open(path, O_RDWR | O_NOCTTY);
    if (descriptor < 0) {
        return -1;
    }
    if (tcgetattr(descriptor, &settings) != 0) {
        close(descriptor);
        return -1;
    }
    cfmakeraw(&settings);
    cfsetispeed(&settings, B115200);
    cfsetospeed(&settings, B115200);
    tcsetattr(descriptor, TCSANOW, &settings);
    return descriptor;
}

void at_card_close(struct at_card *card)
{
    if (card->descriptor >= 0) {
        close(card->descriptor);
    }
    card->descriptor = -1;
    memset(card->waiting, 0, sizeof card->waiting);
}

static int send_all(int descriptor, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = write(descriptor, text, length);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return -1;
        }
        text += sent;
        length -= (size_t)sent;
    }
    return 0;
}

/* Takes the next line. Returns 1, 0 after a long silence, -1 when the modem is gone. */
static int next_line(struct at_card *card, char *line, size_t size)
{
    for (;;) {
        struct pollfd readable;
        ssize_t got;
        char *end = (char *)memchr(card->waiting, '\n', card->waiting_length);
        if (end != NULL) {
            size_t length = (size_t)(end - card->waiting);
            size_t kept = length < size ? length : size - 1;
            memcpy(line, card->waiting, kept);
            while (kept > 0 && line[kept - 1] == '\r') {
                kept--;
            }
            line[kept] = '\0';
            card->waiting_length -= length + 1;
            memmove(card->waiting, end + 1, card->waiting_length);
            return 1;
        }
        if (card->waiting_length == sizeof card->waiting) {
            return -1; /* that is no modem */
        }
        readable.fd = card->descriptor;
        readable.events = POLLIN;
        if (poll(&readable, 1, card->patience_ms) == 0) {
            return 0;
        }
        got = read(card->descriptor, card->waiting + card->waiting_length,
                   sizeof card->waiting - card->waiting_length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return -1;
        }
        card->waiting_length += (size_t)got;
    }
}

/* Forgets what has arrived, and what still does before a pause. */
static void drop_what_came(struct at_card *card, int pause_ms)
{
    struct pollfd readable;
    int rounds;
    card->waiting_length = 0;
    readable.fd = card->descriptor;
    readable.events = POLLIN;
    for (rounds = 0; rounds < 64 && poll(&readable, 1, pause_ms) == 1; rounds++) {
        if (read(card->descriptor, card->waiting, sizeof card->waiting) <= 0) {
            break; /* the next command finds out */
        }
    }
    memset(card->waiting, 0, sizeof card->waiting);
}

static int digit(char letter)
{
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    if (letter >= 'A' && letter <= 'F') {
        return letter - 'A' + 10;
    }
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Takes the digits between the quotes of `+CSIM: 4,"9000"`. */
static int32_t take_answer(const char *line, uint8_t *response, size_t capacity, size_t *length)
{
    const char *quote = strchr(line, '"');
    size_t count = 0;
    if (quote == NULL) {
        return SIMSTRAP_TRANSMISSION_FAILED;
    }
    for (quote++; digit(quote[0]) >= 0; quote += 2) {
        if (digit(quote[1]) < 0 || count == capacity) {
            return SIMSTRAP_TRANSMISSION_FAILED;
        }
        response[count++] = (uint8_t)(digit(quote[0]) << 4 | digit(quote[1]));
    }
    *length = count;
    return *quote == '"' ? SIMSTRAP_TRANSMISSION_DONE : SIMSTRAP_TRANSMISSION_FAILED;
}

/* What an error of the modem means for the card (3GPP TS 27.007 9.2). */
static int32_t meaning(const char *line)
{
    if (strcmp(line, "+CME ERROR: 10") == 0 || strcmp(line, "+CME ERROR: SIM not inserted") == 0) {
        return SIMSTRAP_TRANSMISSION_NO_CARD;
    }
    return SIMSTRAP_TRANSMISSION_FAILED;
}

/* Where the answer of the card goes. */
struct answer {
    uint8_t *response;
    size_t capacity;
    size_t *length;
};

/* Sends a command line and waits for its end; `answer` is NULL when the card is not asked. */
static int32_t ask(struct at_card *card, const char *command, const struct answer *answer)
{
    char line[LINE_SIZE];
    int32_t outcome = SIMSTRAP_TRANSMISSION_FAILED;
    int got = -1;
    int lines;
    card->answer_is_late = false;
    drop_what_came(card, 0); /* it belongs to another command */
    if (send_all(card->descriptor, command, strlen(command)) != 0) {
        return SIMSTRAP_TRANSMISSION_UNAVAILABLE;
    }
    for (lines = 0; lines < MOST_LINES; lines++) {
        got = next_line(card, line, sizeof line);
        if (got <= 0) {
            break;
        }
        if (answer != NULL && strncmp(line, "+CSIM:", 6) == 0) {
            outcome = take_answer(line, answer->response, answer->capacity, answer->length);
            memset(line, 0, sizeof line);
        } else if (strcmp(line, "OK") == 0) {
            return outcome;
        } else if (strcmp(line, "ERROR") == 0 || strncmp(line, "+CME ERROR:", 11) == 0) {
            return meaning(line);
        }
    }
    card->answer_is_late = got == 0;
    return got == 0 ? SIMSTRAP_TRANSMISSION_TIMEOUT : SIMSTRAP_TRANSMISSION_UNAVAILABLE;
}

/* After silence, the modem is spoken to until it answers: from then on, an answer is that of the
 * command before it. */
static int32_t settle(struct at_card *card)
{
    int attempt;
    int32_t outcome = SIMSTRAP_TRANSMISSION_TIMEOUT;
    for (attempt = 0; attempt < PROBES && outcome == SIMSTRAP_TRANSMISSION_TIMEOUT; attempt++) {
        /* Numbers in place of a bare ERROR, from modems that have them. */
        outcome = ask(card, "AT+CMEE=1\r", NULL);
    }
    drop_what_came(card, QUIET_MS);
    return outcome;
}

int32_t at_card_transmit(void *context, const uint8_t *command, size_t command_length,
                         uint8_t *response, size_t capacity, size_t *response_length)
{
    struct at_card *card = (struct at_card *)context;
    struct answer answer;
    char line[LINE_SIZE];
    int32_t outcome;
    size_t at, length;
    if (command_length > 260) {
        return SIMSTRAP_TRANSMISSION_FAILED;
    }
    if (card->answer_is_late) {
        outcome = settle(card);
        if (card->answer_is_late || outcome == SIMSTRAP_TRANSMISSION_UNAVAILABLE) {
            return outcome;
        }
    }
    length = (size_t)snprintf(line, sizeof line, "AT+CSIM=%u,\"", (unsigned)(2 * command_length));
    for (at = 0; at < command_length; at++) {
        length += (size_t)snprintf(line + length, sizeof line - length, "%02X", command[at]);
    }
    snprintf(line + length, sizeof line - length, "\"\r");
    answer.response = response;
    answer.capacity = capacity;
    answer.length = response_length;
    outcome = ask(card, line, &answer);
    memset(line, 0, sizeof line); /* the command may hold a PIN */
    return outcome;
}

int at_card_open(struct at_card *card, const char *address)
{
    const char *colon = strrchr(address, ':');
    char host[256];
    card->waiting_length = 0;
    card->patience_ms = PATIENCE_MS;
    card->answer_is_late = false;
    if (colon == NULL || address[0] == '/') {
        card->descriptor = open_serial(address);
    } else if ((size_t)(colon - address) < sizeof host) {
        memcpy(host, address, (size_t)(colon - address));
        host[colon - address] = '\0';
        card->descriptor = open_socket(host, colon + 1);
    } else {
        card->descriptor = -1;
        errno = ENAMETOOLONG;
    }
    if (card->descriptor < 0) {
        return -1;
    }
    settle(card);
    return 0;
}
