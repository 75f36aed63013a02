version=3.0.20
url=https://github.com/openssl/openssl/releases/download/openssl-$version/openssl-$version.tar.gz
sha256=c80a01dfc70ece4dc21168932c37739042d404d46ccc81a5986dd75314ecda6f
fetch() { fetch_archive "openssl-$version.tar.gz"; }
unpack() { tar -xzf "$here/sources/openssl-$version.tar.gz" -C "$1" --strip-components=1; }
build() {
  ./Configure --prefix="$PREFIX" --openssldir="$PREFIX/ssl" --libdir=lib no-shared no-tests >/dev/null
  make -j "$JOBS" build_sw >/dev/null 2>&1
  make install_dev >/dev/null 2>&1
}
