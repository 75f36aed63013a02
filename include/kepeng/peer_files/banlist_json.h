// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// banlist.json: the operator's bans in their file, in bitcoind's form.
//
//   {"banned_nets": [{"version": 1, "ban_created": 1700000000, "banned_until": 1700086400, "address": "1.2.3.0/24"}]}
//
// A single ban that cannot be understood is left out; a file that cannot is set aside under its name and ".damaged",
// and the list stays as it is. Either way there is a warning. Saving leaves the whole old file or the whole new one
// (reliability D-10). Functions without state; one caller at a time for one path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/env.h>
#include <kepeng/gossip/ban_list.h>

namespace kepeng::peer_files {

inline constexpr std::uint64_t kBansBytesMax = 32u << 20;  // of 150,000 bans and more

std::string bans_to_json(const gossip::BanList& list);
struct ReadBans {
  std::vector<gossip::BanList::Entry> bans;
  std::size_t left_out = 0;
};
// The error is the middle of a sentence: what is wrong with the text.
Result<ReadBans, std::string> bans_from_json(std::string_view text);

// A list that could not be read back is not written: the file keeps what it has.
Result<Unit, Fault> save_bans(Env& env, const std::string& path, const gossip::BanList& list);
// Adds the bans of the file that are not over; without a file there are none. A warning, if there is a reason for one.
std::optional<std::string> load_bans(Env& env, const std::string& path, gossip::BanList& list, UnixTime now);

}  // namespace kepeng::peer_files
