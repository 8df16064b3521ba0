/* SPDX-License-Identifier: Apache-2.0 */
/* Lives a life of a device with a card for every line on standard input, and tells how it ended:
 * instances of Security, instances of Server, operations performed.
 *
 *     sweep HOST:PORT [MILLISECONDS]
 *
 * After so many milliseconds without an answer the way to the card gives up. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at_card.h"
#include "device.h"
#include "simstrap.h"

/* More than a card that works again needs to be noticed. */
#define PATIENCE 12

static int live(const char *address, int patience_ms, const simstrap_keys *keys)
{
    struct at_card modem;
    struct device device;
    simstrap_client_config config;
    simstrap_client *client = NULL;
    simstrap_error error;
    int round;
    if (at_card_open(&modem, address) != 0) {
        return 1;
    }
    if (patience_ms > 0) {
        modem.patience_ms = patience_ms;
    }
    memset(&config, 0, sizeof config);
    config.card.context = &modem;
    config.card.transmit = at_card_transmit;
    config.access.keys = keys;
    device_init(&device, NULL);
    device_connect(&device, &config.host, &config.store);
    if (simstrap_client_new(&config, &client, &error) != SIMSTRAP_STATUS_OK
        || simstrap_client_start(client, &error) != SIMSTRAP_STATUS_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (round = 0; round < PATIENCE && device.performed == 0; round++) {
        device_pass_time(&device, client);
    }
    if (device.performed > 0) {
        simstrap_client_due(client, SIMSTRAP_OPERATION_UPDATE, 1);
        for (round = 0; round < PATIENCE && device.performed == 1; round++) {
            device_pass_time(&device, client);
        }
    }
    printf("%u %u %u\n", (unsigned)device_count(&device, 0), (unsigned)device_count(&device, 1),
           device.performed);
    fflush(stdout);
    simstrap_client_free(&client);
    device_clear(&device);
    at_card_close(&modem);
    return 0;
}

int main(int argc, char **argv)
{
    static const uint8_t key[16] = {0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
                                    0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f};
    simstrap_keys *keys = NULL;
    char line[16];
    int result = 0;
    if (argc < 2 || argc > 3
        || simstrap_keys_new(key, key, key, sizeof key, &keys, NULL) != SIMSTRAP_STATUS_OK) {
        return 1;
    }
    while (result == 0 && fgets(line, sizeof line, stdin) != NULL) {
        result = live(argv[1], argc == 3 ? atoi(argv[2]) : 0, keys);
    }
    simstrap_keys_free(&keys);
    return result;
}
