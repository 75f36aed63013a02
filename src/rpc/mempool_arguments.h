// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What several methods about the mempool need. Private to rpc.
#pragma once

#include <kepeng/mempool_service/service.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// -33 where there is none.
Result<mempool_service::MempoolService*, RpcError> mempool_of(const Context& context);

// Looks inside the pool's thread; -33 once it has stopped. `look` answers Answer.
template <class F>
Answer look_at_mempool(const Context& context, F&& look) {
  KP_TRY(const auto* mempool, mempool_of(context));
  Answer answer = fail(Code::ClientMempoolDisabled, "Mempool disabled or instance not found");
  mempool->look([&](const mempool::Pool& pool, mempool::Admission& admission) { answer = look(pool, admission); });
  return answer;
}

}  // namespace kepeng::rpc
