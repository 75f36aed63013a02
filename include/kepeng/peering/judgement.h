// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What the mempool says of a transaction, in the words of those who relay it: whether it may come again, with another
// witness, with a child, or not at all. Pure; any thread.
#pragma once

#include <kepeng/gossip/transaction_relay.h>
#include <kepeng/mempool_service/service.h>

namespace kepeng::peering {

gossip::Judgement judgement_of(const mempool_service::MempoolService::Outcome& outcome, const Transaction& tx);
// The same of a parent and a child that were handed in together.
gossip::TransactionRelay::Family family_of(const mempool_service::MempoolService::Outcome& outcome,
                                           const gossip::HandInPackage& action);

}  // namespace kepeng::peering
