// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What of the mempool goes into a block that we make. Private to rpc.
#pragma once

#include <kepeng/mempool_service/service.h>
#include <kepeng/mining/block_template.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

struct BlockChoice {
  const chain::Entry* parent = nullptr;
  std::uint64_t sequence = 0;  // of the mempool
  mining::Choice choice{};
};

// By the operator's limits; told in the log where he wants it so (-printpriority). Nothing while the mempool waits to
// be looked through after a reorganisation. Without a parent once the mempool has stopped.
BlockChoice choose_for_block(const Context& context, const mempool_service::MempoolService& mempool);

// Puts what was chosen to the test of a block on the tip, once for each tip: a fault of ours in the mempool must not
// cost a miner his block. What fails is replaced by nothing, and the log says so.
Result<Unit, RpcError> drop_what_fails(const Context& context, BlockChoice& chosen);

}  // namespace kepeng::rpc
