// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/families.h>

namespace kepeng::rpc {

std::vector<std::span<const Method>> all_families() {
  return {control_methods(),
          generate_methods(),
          submit_methods(),
          chain_control_methods(),
          waiting_methods(),
          chain_methods(),
          block_methods(),
          block_statistics_methods(),
          coin_methods(),
          snapshot_methods(),
          proof_methods(),
          raw_transaction_methods(),
          script_methods(),
          create_transaction_methods(),
          psbt_methods(),
          descriptor_methods(),
          mining_facts_methods(),
          network_methods(),
          ban_methods(),
          address_methods(),
          peer_test_methods(),
          mempool_methods(),
          mempool_submit_methods(),
          fee_methods(),
          orphan_methods(),
          private_broadcast_methods(),
          mining_template_methods()};
}

}  // namespace kepeng::rpc
