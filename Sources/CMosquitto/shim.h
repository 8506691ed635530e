#include <mosquitto.h>
// From libmosquitto 2.1 on its constants are in mosquitto.h.
#if LIBMOSQUITTO_VERSION_NUMBER < 2001000
#include <mqtt_protocol.h>
#endif
#include <openssl/ssl.h>

// libmosquitto only logs "certificate verify failed"; why it failed lies in OpenSSL's connection, which it hands out as
// a void pointer. 0 (X509_V_OK) when there is no TLS connection.
static inline long CMosquitto_verify_result(struct mosquitto *client) {
    SSL *ssl = (SSL *)mosquitto_ssl_get(client);
    return ssl ? SSL_get_verify_result(ssl) : 0;
}

// mosquitto_loop_read in a form that can run under CLinux_survives_assertions.
struct CMosquitto_read {
    struct mosquitto *client;
    int result;
};
static inline void CMosquitto_read_once(void *context) {
    struct CMosquitto_read *read = (struct CMosquitto_read *)context;
    read->result = mosquitto_loop_read(read->client, 1);
}
