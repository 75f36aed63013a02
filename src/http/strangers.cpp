// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "strangers.h"

#include <algorithm>

#include <kepeng/base/assert.h>

namespace kepeng::http {
namespace {

// All programs of this machine come from these two, so that their number says nothing about one of them. Other
// loopback addresses are somebody's choice.
bool is_shared(const AddressBytes& address) {
  constexpr AddressBytes kLoopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  constexpr AddressBytes kLoopback4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  return address == kLoopback4 || address == kLoopback6;
}

}  // namespace

Connection* Strangers::owes(std::uint64_t rank, Connection& connection, const AddressBytes& address) {
  answered_.erase(rank);
  if (!owing_.try_emplace(rank, Stranger{&connection, address}).second) return nullptr;
  ++owing_of_[address];
  return surplus(address);
}

void Strangers::is_answered(std::uint64_t rank) {
  const auto found = owing_.find(rank);
  if (found == owing_.end()) return;
  uncount(found->second.address);
  answered_.insert(owing_.extract(found));
}

std::uint64_t Strangers::renew(std::uint64_t rank) {
  auto node = owing_.extract(rank);
  KP_ASSERT(!node.empty());
  node.key() = next_rank();
  return owing_.insert(std::move(node)).position->first;
}

void Strangers::forget(std::uint64_t rank) {
  is_answered(rank);
  answered_.erase(rank);
}

Connection* Strangers::oldest() const {
  if (!answered_.empty()) return answered_.begin()->second.connection;
  return owing_.empty() ? nullptr : owing_.begin()->second.connection;
}

Connection* Strangers::surplus(const AddressBytes& address) const {
  if (owing_of_.at(address) > limits_.per_address_max && !is_shared(address)) {
    return std::ranges::find(owing_, address, [](const auto& entry) { return entry.second.address; })
        ->second.connection;
  }
  if (owing_.size() <= limits_.connections_max) return nullptr;
  // The address with the most loses one: a flood from one place does not push out the others.
  std::size_t most = 0;
  for (const auto& [_, count] : owing_of_) most = std::max(most, count);
  return oldest_where_there_are(most);
}

Connection* Strangers::oldest_where_there_are(std::size_t count) const {
  return std::ranges::find(owing_, count, [&](const auto& entry) { return owing_of_.at(entry.second.address); })
      ->second.connection;
}

void Strangers::uncount(const AddressBytes& address) {
  const auto found = owing_of_.find(address);
  if (--found->second == 0) owing_of_.erase(found);
}

}  // namespace kepeng::http
