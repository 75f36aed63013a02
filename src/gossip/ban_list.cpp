// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/ban_list.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

Bytes key_of(const wire::NetworkAddress& address) {
  Bytes key{static_cast<std::uint8_t>(address.network())};
  append(key, address.bytes());
  return key;
}

}  // namespace

bool BanList::ban(const wire::Subnet& subnet, const Ban& ban) {
  const Ban* before = find(subnet);
  if (before != nullptr && before->until >= ban.until) return false;
  bans_[prefix_of(subnet)].insert_or_assign(subnet.base(), ban);
  return true;
}

bool BanList::unban(const wire::Subnet& subnet) {
  const auto same_length = bans_.find(prefix_of(subnet));
  if (same_length == bans_.end() || same_length->second.erase(subnet.base()) == 0) return false;
  if (same_length->second.empty()) bans_.erase(same_length);
  return true;
}

void BanList::clear() {
  bans_.clear();
}

const Ban* BanList::find(const wire::Subnet& subnet) const {
  const auto same_length = bans_.find(prefix_of(subnet));
  if (same_length == bans_.end()) return nullptr;
  const auto found = same_length->second.find(subnet.base());
  return found == same_length->second.end() ? nullptr : &found->second;
}

bool BanList::is_banned(const wire::Subnet& subnet, UnixTime now) const {
  const Ban* ban = find(subnet);
  return ban != nullptr && now < ban->until;
}

bool BanList::is_banned(const wire::NetworkAddress& address, UnixTime now) const {
  return std::any_of(bans_.begin(), bans_.end(), [&](const auto& same_length) {
    if (same_length.first.network != address.network()) return false;
    const auto subnet = wire::Subnet::of(address, same_length.first.bits);
    return subnet && is_banned(*subnet, now);
  });
}

bool BanList::sweep(UnixTime now) {
  std::size_t removed = 0;
  for (auto& [prefix, same_length] : bans_) {
    removed += std::erase_if(same_length, [&](const auto& item) { return item.second.until <= now; });
  }
  std::erase_if(bans_, [](const auto& item) { return item.second.empty(); });
  return removed != 0;
}

std::vector<BanList::Entry> BanList::entries() const {
  std::vector<Entry> all;
  for (const auto& [prefix, same_length] : bans_) {
    for (const auto& [base, ban] : same_length) all.push_back({*wire::Subnet::of(base, prefix.bits), ban});
  }
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.subnet < b.subnet; });
  return all;
}

void BanList::discourage(const wire::NetworkAddress& address) {
  discouraged_.insert(key_of(address));
}

bool BanList::is_discouraged(const wire::NetworkAddress& address) const {
  return discouraged_.contains(key_of(address));
}

}  // namespace kepeng::gossip
