/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the adapter for Zephyr against a stand-in for the functions it calls. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "at_card.h"
#include "device.h"
#include "zephyr_adapter.h"

static struct simstrap_zephyr adapter;

int lwm2m_create_object_inst(const struct lwm2m_obj_path *path)
{
    printf("create /%u/%u\n", path->obj_id, path->obj_inst_id);
    return 0;
}

int lwm2m_delete_object_inst(const struct lwm2m_obj_path *path)
{
    printf("delete /%u/%u\n", path->obj_id, path->obj_inst_id);
    return -ENOENT;
}

int lwm2m_set_string(const struct lwm2m_obj_path *path, const char *text)
{
    printf("string %u = %s\n", path->res_id, text);
    return 0;
}

int lwm2m_set_opaque(const struct lwm2m_obj_path *path, const char *bytes, uint16_t length)
{
    (void)bytes;
    printf("opaque %u = %u bytes\n", path->res_id, length);
    return 0;
}

int lwm2m_set_bool(const struct lwm2m_obj_path *path, bool value)
{
    printf("bool %u = %d\n", path->res_id, value);
    return path->obj_id == 1 ? -ENOENT : 0; /* built without it */
}

int lwm2m_set_u8(const struct lwm2m_obj_path *path, uint8_t value)
{
    printf("u8 %u = %u\n", path->res_id, value);
    return 0;
}

int lwm2m_set_u16(const struct lwm2m_obj_path *path, uint16_t value)
{
    printf("u16 %u = %u\n", path->res_id, value);
    return 0;
}

int lwm2m_set_u32(const struct lwm2m_obj_path *path, uint32_t value)
{
    printf("u32 %u = %u\n", path->res_id, (unsigned)value);
    return 0;
}

void lwm2m_registry_lock(void)
{
}

void lwm2m_registry_unlock(void)
{
}

int lwm2m_rd_client_start(struct lwm2m_ctx *context, const char *endpoint, uint32_t flags,
                          lwm2m_ctx_event_cb_t on_event, lwm2m_observe_cb_t on_observe)
{
    (void)on_observe;
    printf("start %s %u\n", endpoint, (unsigned)flags);
    on_event(context, LWM2M_RD_CLIENT_EVENT_NONE);
    return 0;
}

int lwm2m_rd_client_stop(struct lwm2m_ctx *context, lwm2m_ctx_event_cb_t on_event, bool deregister)
{
    (void)context;
    (void)on_event;
    printf("stop%s\n", deregister ? " and de-register" : "");
    return 0;
}

void lwm2m_rd_client_update(void)
{
    printf("update\n");
}

void simstrap_zephyr_on_event(struct lwm2m_ctx *context, enum lwm2m_rd_client_event event)
{
    (void)context;
    simstrap_zephyr_event(&adapter, event);
}

static void start_timer(void *user, uint32_t timer, uint32_t seconds)
{
    (void)user;
    (void)timer;
    (void)seconds;
}

int main(int argc, char **argv)
{
    struct lwm2m_ctx context;
    struct device memory;
    struct at_card modem;
    simstrap_client_config config;
    simstrap_host unused;
    simstrap_error error;
    if (argc != 2 || at_card_open(&modem, argv[1]) != 0) {
        return 1;
    }
    memset(&config, 0, sizeof config);
    device_init(&memory, NULL);
    device_connect(&memory, &unused, &config.store);
    config.card.context = &modem;
    config.card.transmit = at_card_transmit;
    adapter.context = &context;
    adapter.endpoint = "device";
    adapter.start_timer = start_timer;
    simstrap_zephyr_connect(&adapter, &config.host);
    if (simstrap_client_new(&config, &adapter.client, &error) != SIMSTRAP_STATUS_OK
        || simstrap_client_start(adapter.client, &error) != SIMSTRAP_STATUS_OK) {
        return 1;
    }
    simstrap_zephyr_on_event(&context, LWM2M_RD_CLIENT_EVENT_REGISTRATION_COMPLETE);
    simstrap_client_due(adapter.client, SIMSTRAP_OPERATION_UPDATE, 1);
    simstrap_zephyr_on_event(&context, LWM2M_RD_CLIENT_EVENT_REG_UPDATE_COMPLETE);
    printf("under way: %d\n", adapter.operation);
    simstrap_client_free(&adapter.client);
    at_card_close(&modem);
    return 0;
}
