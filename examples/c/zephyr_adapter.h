/* SPDX-License-Identifier: Apache-2.0 */
/* simstrap for a client built on Zephyr's LwM2M engine: objects 0 and 1 from the card.
 *
 * A card with other objects, Access Control among them: the step to write one fails, and nothing of
 * the plan is used. Either the policy leaves them out,
 * simstrap_policy_set_objects(policy, NULL, 0, SIMSTRAP_UNSUPPORTED_SKIP), or the application puts a
 * carry_out of its own before the adapter's, and writes them itself.
 *
 * What the card has and the engine has no place for:
 * - Single resources are left out. Those of version 1.1 need CONFIG_LWM2M_SECURITY_OBJECT_VERSION_1_1
 *   and CONFIG_LWM2M_SERVER_OBJECT_VERSION_1_1, and some of them memory of the application's, by
 *   lwm2m_set_res_buf in the callback that lwm2m_register_create_callback takes.
 * - Of the multiple resources of the Security object the cipher suites are written, which need
 *   CONFIG_LWM2M_SECURITY_DTLS_TLS_CIPHERSUITE_MAX. An account that demands more suites, or has
 *   another multiple resource there, is refused: writing it fails with -ENOTSUP, and none of it is
 *   used. The card demands security that the engine cannot give.
 * - Multiple resources of the Server object are left out.
 *
 * The engine updates its registration by itself after CONFIG_LWM2M_UPDATE_PERIOD, or when
 * CONFIG_LWM2M_SECONDS_TO_UPDATE_EARLY of the lifetime are left. Leave the first at 0 and the second
 * small, and call simstrap_client_due well before: the look at the card comes first then. If a card
 * cannot be read for longer than the rest of the lifetime, the engine's own Update goes out without. */

#ifndef SIMSTRAP_ZEPHYR_H
#define SIMSTRAP_ZEPHYR_H

#include <zephyr/net/lwm2m.h>

#include "simstrap.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SIMSTRAP_ZEPHYR_ACCOUNTS 8
/* The most cipher suites of an account. */
#define SIMSTRAP_ZEPHYR_SUITES 4

struct simstrap_zephyr_account {
    bool used;
    uint16_t object;
    uint16_t instance;
    uint16_t server;
    /* What the engine keeps here. */
    uint32_t suites[SIMSTRAP_ZEPHYR_SUITES];
    size_t suite_count;
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

/* Tells simstrap how an operation ended. Call it for every event of the engine, in the thread that
 * uses the client: the engine calls back in a thread of its own, so hand the event over (k_msgq). */
void simstrap_zephyr_event(struct simstrap_zephyr *adapter, enum lwm2m_rd_client_event event);

/* The application's event callback, which the adapter gives to lwm2m_rd_client_start. */
extern void simstrap_zephyr_on_event(struct lwm2m_ctx *context,
                                     enum lwm2m_rd_client_event event);

#ifdef __cplusplus
}
#endif

#endif
