/* SPDX-License-Identifier: Apache-2.0 */
/* What stands for an LwM2M stack here: object instances, a record and timers, all in memory. */

#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "simstrap.h"

#define DEVICE_INSTANCES 16
#define DEVICE_TIMERS 8

struct device_instance {
    bool used;
    uint16_t object;
    uint16_t instance;
    /* Short server id of a Security or Server instance; 0 is the bootstrap server. */
    uint16_t server;
    /* Of a Server instance: whether the device is registered with its server. */
    bool registered;
    uint8_t *bytes;
    size_t length;
};

struct device {
    struct device_instance instances[DEVICE_INSTANCES];
    uint8_t record[4096];
    size_t record_length;
    uint32_t timers[DEVICE_TIMERS];
    size_t timer_count;
    /* How often the stack was told to do something with a server. */
    unsigned performed;
    /* Where it tells what it does; NULL for nowhere. */
    FILE *story;
};

void device_init(struct device *device, FILE *story);

/* The callbacks, with `device` as their context. */
void device_connect(struct device *device, simstrap_host *host, simstrap_store *store);

/* How many instances of an object there are. */
size_t device_count(const struct device *device, uint16_t object);

/* Lets the time of the oldest timer pass. Returns whether there was one. */
bool device_pass_time(struct device *device, const simstrap_client *client);

/* Wipes and frees what the instances hold. */
void device_clear(struct device *device);

#endif
