// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The families of methods. `all_families` (families.cpp) is what the node registers; a new family is added in both.
#pragma once

#include <span>
#include <vector>

#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

std::span<const Method> control_methods();
std::span<const Method> generate_methods();
std::span<const Method> submit_methods();
std::span<const Method> chain_control_methods();
std::span<const Method> waiting_methods();
std::span<const Method> chain_methods();
std::span<const Method> block_methods();
std::span<const Method> block_statistics_methods();
std::span<const Method> coin_methods();
std::span<const Method> snapshot_methods();
std::span<const Method> proof_methods();
std::span<const Method> raw_transaction_methods();
std::span<const Method> create_transaction_methods();
std::span<const Method> psbt_methods();
std::span<const Method> descriptor_methods();
std::span<const Method> mining_facts_methods();
std::span<const Method> network_methods();
std::span<const Method> mempool_methods();
std::span<const Method> mining_template_methods();
std::span<const Method> mempool_submit_methods();
std::span<const Method> fee_methods();
std::span<const Method> orphan_methods();
std::span<const Method> private_broadcast_methods();
std::span<const Method> ban_methods();
std::span<const Method> address_methods();
std::span<const Method> peer_test_methods();
std::span<const Method> script_methods();

std::vector<std::span<const Method>> all_families();

}  // namespace kepeng::rpc
