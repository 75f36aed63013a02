version=4.3.4
url=https://github.com/zeromq/libzmq/archive/refs/tags/v$version.tar.gz
sha256=0ff5a531c9ffaf0dfdc7dc78d13d1383088f454896d252934c429b2554d10559
fetch() { fetch_archive "zeromq-$version.tar.gz"; }
unpack() { tar -xzf "$here/sources/zeromq-$version.tar.gz" -C "$1" --strip-components=1; }
build() { build_with_cmake -DBUILD_TESTS=OFF -DWITH_DOCS=OFF -DWITH_LIBSODIUM=OFF -DENABLE_CURVE=OFF -DWITH_PERF_TOOL=OFF; }
