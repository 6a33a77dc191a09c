#include "framework/suite/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/base/error.h"

static const uint32_t most_bytes = 1u << 30; /* of one message */

struct header {
    uint32_t type, bytes;
};

static void be_child(int fd, pid_t parent, void (*serve)(int, void *), void *ctx)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    serve(fd, ctx);
    fflush(NULL);
    _exit(0);
}

int tare_worker_start(struct tare_worker *w, void (*serve)(int fd, void *ctx), void *ctx)
{
    int pair[2];
    *w = (struct tare_worker){ .fd = -1 };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return tare_fail(TARE_EIO, "can't make a socket for a worker: %s", strerror(errno));
    fflush(NULL);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        int e = errno;
        close(pair[0]);
        close(pair[1]);
        return tare_fail(TARE_EIO, "can't start a worker: %s", strerror(e));
    }
    if (pid == 0) {
        close(pair[0]);
        be_child(pair[1], parent, serve, ctx);
    }
    close(pair[1]);
    *w = (struct tare_worker){ .pid = pid, .fd = pair[0] };
    return 0;
}

static int reap(struct tare_worker *w)
{
    int status = 0;
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(w->fd);
    *w = (struct tare_worker){ .fd = -1 };
    return status;
}

void tare_worker_stop(struct tare_worker *w)
{
    if (w->pid <= 0)
        return;
    kill(w->pid, SIGKILL);
    reap(w);
}

int tare_worker_bury(struct tare_worker *w, double hung_s)
{
    if (w->pid <= 0)
        return tare_fail(TARE_ECRASH, "the worker is gone");
    if (hung_s > 0) {
        kill(w->pid, SIGKILL);
        reap(w);
        return tare_fail(TARE_ECRASH, "gave no sign of life for %.3g s and was stopped", hung_s);
    }
    /* It closed its end, so it is dying; a moment for its status to arrive, then it is ended. */
    for (int i = 0; i < 200; i++) {
        siginfo_t info = { 0 };
        if (waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
            break;
        usleep(10000);
    }
    kill(w->pid, SIGKILL);
    int status = reap(w);
    if (WIFSIGNALED(status))
        return tare_fail(TARE_ECRASH, "crashed: %s (SIG%s)", strsignal(WTERMSIG(status)),
                         sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
    return tare_fail(TARE_ECRASH, "ended its process with status %d", WEXITSTATUS(status));
}

static int write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return tare_fail(TARE_ECRASH, "the other side of the worker's channel is gone");
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

int tare_message_send(int fd, uint32_t type, const struct tare_buf *data)
{
    size_t n = data ? data->len : 0;
    if (data && data->failed)
        return TARE_ENOMEM;
    if (n > most_bytes)
        return tare_fail(TARE_ENOMEM, "a message of %zu bytes is too large", n);
    const struct header h = { type, (uint32_t)n };
    int rc = write_all(fd, &h, sizeof h);
    return rc != 0 || n == 0 ? rc : write_all(fd, data->data, n);
}

/* poll in slices: time in which this process stood still itself (Ctrl-Z, a frozen container) counts as one of them. */
static int wait_readable(int fd, int timeout_ms, const volatile int *stop)
{
    enum { SLICE_MS = 200 };
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    for (int left = timeout_ms;; left -= SLICE_MS) {
        int ready = poll(&poll_fd, 1, timeout_ms < 0 ? -1 : left < SLICE_MS ? left : SLICE_MS);
        if (ready != 0 || left <= SLICE_MS || (stop && *stop))
            return ready;
    }
}

static int read_all(int fd, void *data, size_t n, int timeout_ms, const volatile int *stop)
{
    char *p = data;
    while (n > 0) {
        int ready = wait_readable(fd, timeout_ms, stop);
        if (stop && *stop)
            return tare_fail(TARE_ESTOP, "interrupted");
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            return tare_fail(TARE_EBUSY, "no answer in time");
        ssize_t k = recv(fd, p, n, 0);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return tare_fail(TARE_ECRASH, "the other side of the worker's channel is gone");
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

int tare_message_receive(struct tare_message *m, int fd, int timeout_ms, const volatile int *stop)
{
    struct header h;
    *m = (struct tare_message){ 0 };
    int rc = read_all(fd, &h, sizeof h, timeout_ms, stop);
    if (rc != 0)
        return rc;
    if (h.bytes > most_bytes)
        return tare_fail(TARE_ECRASH, "the worker's channel carries garbage");
    m->type = h.type;
    if (h.bytes == 0)
        return 0;
    m->data.data = tare_alloc(h.bytes);
    if (!m->data.data)
        return TARE_ENOMEM;
    m->data.len = m->data.capacity = h.bytes;
    rc = read_all(fd, m->data.data, h.bytes, timeout_ms, stop);
    if (rc != 0)
        tare_message_free(m);
    return rc;
}

void tare_message_free(struct tare_message *m)
{
    tare_buf_free(&m->data);
    *m = (struct tare_message){ 0 };
}

void tare_put(struct tare_buf *b, const void *value, size_t size)
{
    tare_buf_add(b, value, size);
}

void tare_put_text(struct tare_buf *b, const char *text)
{
    uint32_t n = text ? (uint32_t)strlen(text) : UINT32_MAX;
    tare_put(b, &n, sizeof n);
    if (text)
        tare_put(b, text, n);
}

void tare_get(struct tare_message *m, void *value, size_t size)
{
    if (m->at > m->data.len || size > m->data.len - m->at) {
        memset(value, 0, size);
        m->at = m->data.len + 1;
        return;
    }
    if (size > 0)
        memcpy(value, m->data.data + m->at, size);
    m->at += size;
}

char *tare_get_text(struct tare_message *m)
{
    uint32_t n;
    tare_get(m, &n, sizeof n);
    if (n == UINT32_MAX || m->at > m->data.len || n > m->data.len - m->at)
        return NULL;
    char *s = tare_strndup(m->data.data + m->at, n);
    m->at += n;
    return s;
}

int tare_get_ok(const struct tare_message *m)
{
    return m->at <= m->data.len;
}
