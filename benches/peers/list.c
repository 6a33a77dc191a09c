/* The table of the peers that this build found, library by library. */
#include "benches/peers/list.h"
#include "benches/peers/peer.h"

#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

static const struct {
    const struct peer *items;
    const size_t *n;
} libraries[] = {
#ifdef PEER_OPENBLAS
    { peers_of_openblas, &n_peers_of_openblas },
#endif
#ifdef PEER_ONEDNN
    { peers_of_onednn, &n_peers_of_onednn },
#endif
#ifdef PEER_BLIS
    { peers_of_blis, &n_peers_of_blis },
#endif
#ifdef PEER_TORCH
    { peers_of_torch, &n_peers_of_torch },
#endif
#ifdef PEER_GGML
    { peers_of_ggml, &n_peers_of_ggml },
#endif
};

const struct peer *bench_peers(size_t *n)
{
    static struct peer peers[MOST_PEERS];
    static size_t n_peers;
    if (n_peers > 0) {
        *n = n_peers;
        return peers;
    }
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        for (size_t k = 0; k < *libraries[i].n && n_peers < MOST_PEERS; k++)
            peers[n_peers++] = libraries[i].items[k];
    *n = n_peers;
    return peers;
}
