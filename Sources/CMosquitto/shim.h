#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>

// libmosquitto only logs "certificate verify failed"; why it failed lies in OpenSSL's connection, which it hands out as
// a void pointer. 0 (X509_V_OK) when there is no TLS connection.
static inline long CMosquitto_verify_result(struct mosquitto *client) {
    SSL *ssl = (SSL *)mosquitto_ssl_get(client);
    return ssl ? SSL_get_verify_result(ssl) : 0;
}
