// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// AddressGroups: which addresses probably belong to one operator, so that having many of them wins little.
//
// With an asmap a group is an autonomous system; without, it is what one customer of a network can easily have: /16 of
// IPv4, /32 of IPv6, a sixteenth of each of the networks whose addresses are keys. Immutable, thread-safe.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>

#include <kepeng/gossip/asmap.h>

namespace kepeng::gossip {

// Of an autonomous system; 0: not known.
using Asn = std::uint32_t;

struct AddressGroup {
  std::array<std::uint8_t, 8> bytes{};

  friend auto operator<=>(const AddressGroup&, const AddressGroup&) = default;
};

class AddressGroups {
 public:
  AddressGroups() = default;
  // Null: without one.
  explicit AddressGroups(std::shared_ptr<const Asmap> asmap) : asmap_{std::move(asmap)} {}

  AddressGroup group_of(const wire::NetworkAddress& address) const;
  Asn asn_of(const wire::NetworkAddress& address) const { return asmap_ ? asmap_->as_number(address) : 0; }
  const Asmap* asmap() const { return asmap_.get(); }

 private:
  std::shared_ptr<const Asmap> asmap_;
};

}  // namespace kepeng::gossip
