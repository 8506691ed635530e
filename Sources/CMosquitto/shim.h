#include <mosquitto.h>
// From libmosquitto 2.1 on its constants are in mosquitto.h.
#if LIBMOSQUITTO_VERSION_NUMBER < 2001000
#include <mqtt_protocol.h>
#endif
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// libmosquitto only logs "certificate verify failed"; why it failed lies in OpenSSL's connection, which it hands out as
// a void pointer. 0 (X509_V_OK) when there is no TLS connection.
static inline long CMosquitto_verify_result(struct mosquitto *client) {
    SSL *ssl = (SSL *)mosquitto_ssl_get(client);
    return ssl ? SSL_get_verify_result(ssl) : 0;
}

// libmosquitto tells the broker the address that it connects to; the broker wants to hear its name, if it has one, and no
// address (RFC 6066, 3). Called by OpenSSL before it writes the first bytes of a handshake, wherever libmosquitto begins
// one: 2.0.11 does when it begins to connect.
static inline void CMosquitto_handshake(const SSL *ssl, int where, int value) {
    (void)value;
    if (where & SSL_CB_HANDSHAKE_START) {
        SSL *connection = (SSL *)ssl;
        SSL_set_tlsext_host_name(connection, X509_VERIFY_PARAM_get0_host(SSL_get0_param(connection), 0));
    }
}

// Swift does not see OpenSSL's macros. TLS 1.2 or later; buffers are given back while a connection is idle.
static inline SSL_CTX *CMosquitto_context_new(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) return 0;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, 0);
    SSL_CTX_set_info_callback(context, CMosquitto_handshake);
    return context;
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
