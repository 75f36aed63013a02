// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// BanList: whom the operator does not want, and until when; and who has misbehaved, for as long as we run.
//
// A ban is the operator's word: it has an end, is kept in a file, and its subnets get no connection. Discouragement is
// ours: it is cheap to earn, so it costs no memory that a stranger could grow (the last 50,000 addresses), is
// forgotten at the end, and only means the last place in the queue. Looking an address up costs by the number of
// different prefix lengths, not of bans. One thread.
#pragma once

#include <map>
#include <vector>

#include <kepeng/base/time.h>
#include <kepeng/gossip/recent_set.h>
#include <kepeng/wire/subnet.h>

namespace kepeng::gossip {

inline constexpr std::size_t kDiscouragedRemembered = 50'000;
inline constexpr std::int64_t kBanSeconds = 24 * 60 * 60;  // where the operator does not say

struct Ban {
  UnixTime created;
  UnixTime until;

  friend bool operator==(const Ban&, const Ban&) = default;
};

class BanList {
 public:
  explicit BanList(crypto::SipHashKey key) : discouraged_{kDiscouragedRemembered, key} {}

  // False, and nothing changes, if it is banned for as long already.
  bool ban(const wire::Subnet& subnet, const Ban& ban);
  // False if just this subnet was not banned.
  bool unban(const wire::Subnet& subnet);
  void clear();
  bool is_banned(const wire::NetworkAddress& address, UnixTime now) const;
  // Just this subnet.
  bool is_banned(const wire::Subnet& subnet, UnixTime now) const;
  // Removes what is over. True if there was something.
  bool sweep(UnixTime now);

  struct Entry {
    wire::Subnet subnet;
    Ban ban;
  };
  std::vector<Entry> entries() const;

  void discourage(const wire::NetworkAddress& address);
  bool is_discouraged(const wire::NetworkAddress& address) const;
  std::size_t discouraged_memory_bytes() const { return discouraged_.memory_bytes(); }

 private:
  struct Prefix {
    wire::AddressNetwork network;
    unsigned bits;
    friend auto operator<=>(const Prefix&, const Prefix&) = default;
  };
  static Prefix prefix_of(const wire::Subnet& subnet) { return {subnet.base().network(), subnet.bits()}; }
  const Ban* find(const wire::Subnet& subnet) const;

  std::map<Prefix, std::map<wire::NetworkAddress, Ban>> bans_;  // by prefix length, then by base
  RecentSet discouraged_;
};

}  // namespace kepeng::gossip
