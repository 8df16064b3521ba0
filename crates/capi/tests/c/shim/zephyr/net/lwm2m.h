/* SPDX-License-Identifier: Apache-2.0 */
/* Not Zephyr: declarations of the shape that its public API has, as far as the adapter uses it,
 * written for these tests. An application builds the adapter with Zephyr's own header. */

#ifndef SHIM_ZEPHYR_LWM2M_H
#define SHIM_ZEPHYR_LWM2M_H

#include <stdbool.h>
#include <stdint.h>

struct lwm2m_ctx {
    int placeholder;
};

struct lwm2m_obj_path {
    uint16_t obj_id;
    uint16_t obj_inst_id;
    uint16_t res_id;
    uint16_t res_inst_id;
    uint8_t level;
};

#define SHIM_OBJ_2(object, instance) {(object), (instance), 0, 0, 2}
#define SHIM_OBJ_3(object, instance, resource) {(object), (instance), (resource), 0, 3}
#define SHIM_PICK(first, second, third, name, ...) name
#define LWM2M_OBJ(...) SHIM_PICK(__VA_ARGS__, SHIM_OBJ_3, SHIM_OBJ_2, 0)(__VA_ARGS__)

enum lwm2m_rd_client_event {
    LWM2M_RD_CLIENT_EVENT_NONE,
    LWM2M_RD_CLIENT_EVENT_BOOTSTRAP_REG_FAILURE,
    LWM2M_RD_CLIENT_EVENT_BOOTSTRAP_TRANSFER_COMPLETE,
    LWM2M_RD_CLIENT_EVENT_REGISTRATION_FAILURE,
    LWM2M_RD_CLIENT_EVENT_REGISTRATION_COMPLETE,
    LWM2M_RD_CLIENT_EVENT_REG_UPDATE_COMPLETE,
    LWM2M_RD_CLIENT_EVENT_NETWORK_ERROR
};

#define LWM2M_RD_CLIENT_FLAG_BOOTSTRAP 1u

typedef void (*lwm2m_ctx_event_cb_t)(struct lwm2m_ctx *ctx, enum lwm2m_rd_client_event event);
typedef void (*lwm2m_observe_cb_t)(void);

int lwm2m_create_object_inst(const struct lwm2m_obj_path *path);
int lwm2m_delete_object_inst(const struct lwm2m_obj_path *path);
int lwm2m_set_string(const struct lwm2m_obj_path *path, const char *data_ptr);
int lwm2m_set_opaque(const struct lwm2m_obj_path *path, const char *data_ptr, uint16_t data_len);
int lwm2m_set_bool(const struct lwm2m_obj_path *path, bool value);
int lwm2m_set_u8(const struct lwm2m_obj_path *path, uint8_t value);
int lwm2m_set_u16(const struct lwm2m_obj_path *path, uint16_t value);
int lwm2m_set_u32(const struct lwm2m_obj_path *path, uint32_t value);
void lwm2m_registry_lock(void);
void lwm2m_registry_unlock(void);
int lwm2m_rd_client_start(struct lwm2m_ctx *client_ctx, const char *ep_name, uint32_t flags,
                          lwm2m_ctx_event_cb_t event_cb, lwm2m_observe_cb_t observe_cb);
int lwm2m_rd_client_stop(struct lwm2m_ctx *client_ctx, lwm2m_ctx_event_cb_t event_cb,
                         bool deregister);
void lwm2m_rd_client_update(void);

#endif
