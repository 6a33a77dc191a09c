/* What each library's file offers, if the build found the library. */
#ifndef BENCHES_PEERS_LIST_H
#define BENCHES_PEERS_LIST_H

#include "benches/peers/peer.h"

enum { MOST_PEERS = 64 };

extern const struct peer peers_of_openblas[], peers_of_onednn[], peers_of_blis[], peers_of_torch[], peers_of_ggml[];
extern const size_t n_peers_of_openblas, n_peers_of_onednn, n_peers_of_blis, n_peers_of_torch, n_peers_of_ggml;

#endif
