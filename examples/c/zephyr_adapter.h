/* SPDX-License-Identifier: Apache-2.0 */
/* simstrap for a client built on Zephyr's LwM2M engine: objects 0 and 1 from the card. */

#ifndef SIMSTRAP_ZEPHYR_H
#define SIMSTRAP_ZEPHYR_H

#include <zephyr/net/lwm2m.h>

#include "simstrap.h"

#define SIMSTRAP_ZEPHYR_ACCOUNTS 8

struct simstrap_zephyr_account {
    bool used;
    uint16_t object;
    uint16_t instance;
    uint16_t server;
};

struct simstrap_zephyr {
    struct lwm2m_ctx *context;
    const char *endpoint;
    simstrap_client *client;
    struct simstrap_zephyr_account accounts[2 * SIMSTRAP_ZEPHYR_ACCOUNTS];
    /* The operation that the engine is at; -1 for none. */
    int operation;
    uint16_t operation_server;
    /* Started once for every timer; the application calls simstrap_client_timer. */
    void (*start_timer)(void *user, uint32_t timer, uint32_t seconds);
    void *user;
};

/* The callbacks for a simstrap_client_config. The engine's own instances 0 of objects 0 and 1,
 * which it makes at boot, are removed. */
void simstrap_zephyr_connect(struct simstrap_zephyr *adapter, simstrap_host *host);

/* Tells simstrap how an operation ended. Call it from the event callback that the application gave
 * to the engine. */
void simstrap_zephyr_event(struct simstrap_zephyr *adapter, enum lwm2m_rd_client_event event);

/* The event callback for lwm2m_rd_client_start, which knows its adapter by the application. */
extern void simstrap_zephyr_on_event(struct lwm2m_ctx *context,
                                     enum lwm2m_rd_client_event event);

#endif
