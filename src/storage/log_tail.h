// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What power loss may do to LevelDB's logs, told apart from damage.
//
// LevelDB recovers from a log that ends early, but takes a last record that arrived in part (a torn sector) for
// corruption and refuses to open. Only what was never synced can be torn: the end of the newest log that has records,
// since a log is synced before the next takes over, and the last edit of the manifest. There we let LevelDB see the
// log only up to the first unsound record. Anywhere else, and after a clean stop anywhere at all, an unsound record is
// damage. That a stop was clean is said by the file `kepeng-closed` in the directory, which holds the sizes then.
// One thread, while the database is not open.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <kepeng/base/env.h>

namespace kepeng::storage {

// Files to be read only up to a length: name without directory, bytes.
using ReadLimits = std::map<std::string, std::uint64_t>;

// Looks at an existing database directory. Corruption when something is missing or damaged beyond a torn tail; the
// fault's message lacks the advice.
Result<ReadLimits, Fault> inspect_logs(Env& env, const std::string& directory);

// After LevelDB has closed: syncs its logs and says so. `remove_closed_mark` takes that back before it opens.
Result<Unit, Fault> write_closed_mark(Env& env, const std::string& directory);
Result<Unit, Fault> remove_closed_mark(Env& env, const std::string& directory);

}  // namespace kepeng::storage
