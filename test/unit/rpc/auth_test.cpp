// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/rpc/auth.h>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace kepeng::rpc {
namespace {

namespace fs = std::filesystem;

// HMAC-SHA256 of "password" under the key "salt", as Python's hmac module gives it.
constexpr std::string_view kEntry = "alice:salt$84ec44c7d6fc41917953a1dafca3c7d7856f7a9d0328b991b76f0d36be1224b9";

std::string content_of(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

class CookieTest : public testing::Test {
 protected:
  CookieTest() {
    std::string name = fs::temp_directory_path() / "kepeng-cookie-XXXXXX";
    directory_ = ::mkdtemp(name.data());
  }
  ~CookieTest() override { fs::remove_all(directory_); }
  unsigned mode_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
  }
  fs::path directory_;
};

TEST(CredentialsTest, R002_StoredPasswordsAreChecked) {
  Credentials credentials;
  ASSERT_TRUE(credentials.add_hashed(kEntry).ok());
  credentials.add_password("bob", "pass:word");
  EXPECT_EQ(credentials.check("Basic YWxpY2U6cGFzc3dvcmQ="), "alice");  // alice:password
  EXPECT_EQ(credentials.check("Basic Ym9iOnBhc3M6d29yZA=="), "bob");    // bob:pass:word
  EXPECT_EQ(credentials.check("Basic YWxpY2U6cGFzc3dvcmU="), std::nullopt);
  EXPECT_EQ(credentials.check("Basic Ym9iOnBhc3N3b3Jk"), std::nullopt);
}

TEST(CredentialsTest, B110_MalformedHeadersAreRefused) {
  Credentials credentials;
  credentials.add_password("bob", "x");
  for (const std::string_view header : {"", "Basic", "Basic ", "Bearer Ym9iOng=", "basic Ym9iOng=", "Basic Ym9iOng",
                                        "Basic Ym9i", "Basic ====", "Basic Ym9iOng=\x01", "Basic Ym 9iOng="}) {
    EXPECT_EQ(credentials.check(header), std::nullopt) << header;
  }
  EXPECT_EQ(credentials.check("Basic Ym9iOng="), "bob");
}

TEST(CredentialsTest, B154_MalformedEntriesAreRefused) {
  for (const std::string_view entry : {"", "alice", "alice:salt", "alice:salt$", "alice:salt$00", "alice$x:y",
                                       "a:b$c$84ec44c7d6fc41917953a1dafca3c7d7856f7a9d0328b991b76f0d36be1224b9"}) {
    Credentials credentials;
    EXPECT_FALSE(credentials.add_hashed(entry).ok()) << entry;
  }
}

TEST_F(CookieTest, R001_IsPrivateWhateverTheUmask) {
  const mode_t before = ::umask(0);
  {
    auto cookie = CookieFile::create(directory_ / ".cookie", CookieFile::Readers::Owner);
    ASSERT_TRUE(cookie.ok());
    EXPECT_EQ(mode_of(directory_ / ".cookie"), 0600u);
    EXPECT_EQ(content_of(directory_ / ".cookie"), "__cookie__:" + cookie->password());
    EXPECT_EQ(cookie->password().size(), 64u);
    EXPECT_FALSE(fs::exists(directory_ / ".cookie.tmp"));
  }
  EXPECT_FALSE(fs::exists(directory_ / ".cookie"));
  auto shared = CookieFile::create(directory_ / ".cookie", CookieFile::Readers::Group);
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(mode_of(directory_ / ".cookie"), 0640u);
  ::umask(before);
}

TEST_F(CookieTest, R001_NeverWritesThroughALink) {
  const fs::path victim = directory_ / "victim";
  std::ofstream{victim} << "precious";
  fs::create_symlink(victim, directory_ / ".cookie.tmp");
  fs::create_symlink(victim, directory_ / ".cookie");
  const auto cookie = CookieFile::create(directory_ / ".cookie", CookieFile::Readers::Owner);
  ASSERT_TRUE(cookie.ok());
  EXPECT_EQ(content_of(victim), "precious");
  EXPECT_FALSE(fs::is_symlink(directory_ / ".cookie"));
}

TEST_F(CookieTest, R001_RemovesOnlyItsOwn) {
  {
    const auto cookie = CookieFile::create(directory_ / ".cookie", CookieFile::Readers::Owner);
    ASSERT_TRUE(cookie.ok());
    std::ofstream{directory_ / ".cookie"} << "__cookie__:another";
  }
  EXPECT_EQ(content_of(directory_ / ".cookie"), "__cookie__:another");
}

TEST_F(CookieTest, R001_RefusesADirectoryThatAllMayWrite) {
  fs::permissions(directory_, fs::perms::all);
  const auto cookie = CookieFile::create(directory_ / ".cookie", CookieFile::Readers::Owner);
  ASSERT_FALSE(cookie.ok());
  EXPECT_EQ(cookie.error().kind, FaultKind::Config);
}

}  // namespace
}  // namespace kepeng::rpc
