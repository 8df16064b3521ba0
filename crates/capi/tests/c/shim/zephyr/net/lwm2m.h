/* SPDX-License-Identifier: Apache-2.0 */
/* Not Zephyr: declarations of the shape that its public API has, as far as the adapter and its test
 * use it, written for these tests. An application builds the adapter with Zephyr's own header. Names,
 * types and values of constants are those of the public API. */

#ifndef SHIM_ZEPHYR_LWM2M_H
#define SHIM_ZEPHYR_LWM2M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwm2m_ctx {
    int sec_obj_inst;
    int srv_obj_inst;
};

struct lwm2m_obj_path {
    uint16_t obj_id;
    uint16_t obj_inst_id;
    uint16_t res_id;
    uint16_t res_inst_id;
    uint8_t level;
};

struct lwm2m_objlnk {
    uint16_t obj_id;
    uint16_t obj_inst;
};

enum lwm2m_observe_event {
    LWM2M_OBSERVE_EVENT_OBSERVER_ADDED,
    LWM2M_OBSERVE_EVENT_OBSERVER_REMOVED,
    LWM2M_OBSERVE_EVENT_NOTIFY_ACK,
    LWM2M_OBSERVE_EVENT_NOTIFY_TIMEOUT
};

enum lwm2m_rd_client_event {
    LWM2M_RD_CLIENT_EVENT_NONE,
    LWM2M_RD_CLIENT_EVENT_BOOTSTRAP_REG_FAILURE,
    LWM2M_RD_CLIENT_EVENT_BOOTSTRAP_REG_COMPLETE,
    LWM2M_RD_CLIENT_EVENT_BOOTSTRAP_TRANSFER_COMPLETE,
    LWM2M_RD_CLIENT_EVENT_REGISTRATION_FAILURE,
    LWM2M_RD_CLIENT_EVENT_REGISTRATION_COMPLETE,
    LWM2M_RD_CLIENT_EVENT_REG_TIMEOUT,
    LWM2M_RD_CLIENT_EVENT_REG_UPDATE_COMPLETE,
    LWM2M_RD_CLIENT_EVENT_DEREGISTER_FAILURE,
    LWM2M_RD_CLIENT_EVENT_DISCONNECT,
    LWM2M_RD_CLIENT_EVENT_QUEUE_MODE_RX_OFF,
    LWM2M_RD_CLIENT_EVENT_ENGINE_SUSPENDED,
    LWM2M_RD_CLIENT_EVENT_NETWORK_ERROR,
    LWM2M_RD_CLIENT_EVENT_REG_UPDATE,
    LWM2M_RD_CLIENT_EVENT_DEREGISTER,
    LWM2M_RD_CLIENT_EVENT_SERVER_DISABLED
};

#define LWM2M_RD_CLIENT_FLAG_BOOTSTRAP (1UL << 0)

typedef void (*lwm2m_observe_cb_t)(enum lwm2m_observe_event event, struct lwm2m_obj_path *path,
                                   void *user_data);
typedef void (*lwm2m_ctx_event_cb_t)(struct lwm2m_ctx *ctx, enum lwm2m_rd_client_event event);

int lwm2m_create_object_inst(const struct lwm2m_obj_path *path);
int lwm2m_delete_object_inst(const struct lwm2m_obj_path *path);
int lwm2m_create_res_inst(const struct lwm2m_obj_path *path);
void lwm2m_registry_lock(void);
void lwm2m_registry_unlock(void);
int lwm2m_set_opaque(const struct lwm2m_obj_path *path, const char *data_ptr, uint16_t data_len);
int lwm2m_set_string(const struct lwm2m_obj_path *path, const char *data_ptr);
int lwm2m_set_u8(const struct lwm2m_obj_path *path, uint8_t value);
int lwm2m_set_u16(const struct lwm2m_obj_path *path, uint16_t value);
int lwm2m_set_u32(const struct lwm2m_obj_path *path, uint32_t value);
int lwm2m_set_s64(const struct lwm2m_obj_path *path, int64_t value);
int lwm2m_set_bool(const struct lwm2m_obj_path *path, bool value);
int lwm2m_set_f64(const struct lwm2m_obj_path *path, const double value);
int lwm2m_set_objlnk(const struct lwm2m_obj_path *path, const struct lwm2m_objlnk *value);
int lwm2m_set_time(const struct lwm2m_obj_path *path, time_t value);
int lwm2m_set_res_buf(const struct lwm2m_obj_path *path, void *buffer_ptr, uint16_t buffer_len,
                      uint16_t data_len, uint8_t data_flags);
int lwm2m_get_res_buf(const struct lwm2m_obj_path *path, void **buffer_ptr, uint16_t *buffer_len,
                      uint16_t *data_len, uint8_t *data_flags);
int lwm2m_rd_client_start(struct lwm2m_ctx *client_ctx, const char *ep_name, uint32_t flags,
                          lwm2m_ctx_event_cb_t event_cb, lwm2m_observe_cb_t observe_cb);
int lwm2m_rd_client_stop(struct lwm2m_ctx *client_ctx, lwm2m_ctx_event_cb_t event_cb,
                         bool deregister);
void lwm2m_rd_client_update(void);

#ifdef __cplusplus
}
#endif

#endif
