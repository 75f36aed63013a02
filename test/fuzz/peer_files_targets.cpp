// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peer_files/banlist_json.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

Seeds banlist_json_seeds() {
  Seeds seeds{bytes_of(R"({"banned_nets": []})")};
  for (const std::string_view address : {"1.2.3.0/24", "2a00::/16", "fc00::1", "fc00::/8",
                                         "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"}) {
    seeds.push_back(bytes_of(R"({"banned_nets": [{"version": 1, "ban_created": 1, "banned_until": 9, "address": ")" +
                             std::string{address} + R"("}]})"));
  }
  return seeds;
}

// Bans that have been read are the same after they were written and read again.
FUZZ_TARGET(banlist_json, banlist_json_seeds) {
  const auto read = peer_files::bans_from_json(as_text(input));
  if (!read) {
    KP_ASSERT(!read.error().empty());
    return;
  }
  gossip::BanList list{{1, 2}};
  for (const auto& [subnet, ban] : read->bans) list.ban(subnet, ban);
  const auto again = peer_files::bans_from_json(peer_files::bans_to_json(list));
  KP_ASSERT(again && again->left_out == 0);
  const auto entries = list.entries();
  KP_ASSERT(entries.size() == again->bans.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    KP_ASSERT(entries[i].subnet == again->bans[i].subnet && entries[i].ban == again->bans[i].ban);
  }
}

}  // namespace
}  // namespace kepeng::fuzz
