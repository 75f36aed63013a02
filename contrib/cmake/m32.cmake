# Toolchain for a 32-bit build on a 64-bit host. KEPENG_M32_ROOT holds the unpacked i386 packages;
# contrib/devtools/test-32bit makes it and sets the variable.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
if(NOT DEFINED ENV{KEPENG_M32_ROOT})
  message(FATAL_ERROR "KEPENG_M32_ROOT is not set; contrib/devtools/test-32bit sets it")
endif()
set(root $ENV{KEPENG_M32_ROOT})
set(libraries ${root}/usr/lib/i386-linux-gnu)
# Files and times of 64 bits; SSE2 instead of the x87, whose doubles have bits that others have not.
set(CMAKE_C_FLAGS_INIT "-m32 -msse2 -mfpmath=sse -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
set(CMAKE_CXX_FLAGS_INIT
  "${CMAKE_C_FLAGS_INIT} -isystem ${root}/usr/include/i386-linux-gnu -isystem ${root}/usr/include")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${libraries} -Wl,-rpath,${libraries}")
set(CMAKE_LIBRARY_ARCHITECTURE i386-linux-gnu)
set(CMAKE_PREFIX_PATH ${libraries}/cmake)
set(CMAKE_LIBRARY_PATH ${libraries})
# The shared ones are links to absolute names.
set(OPENSSL_CRYPTO_LIBRARY ${libraries}/libcrypto.a)
set(OPENSSL_SSL_LIBRARY ${libraries}/libssl.a)
set(OPENSSL_INCLUDE_DIR ${root}/usr/include)
set(LIBLZMA_LIBRARY ${libraries}/liblzma.a)
set(LIBLZMA_INCLUDE_DIR ${root}/usr/include)
set(ENV{PKG_CONFIG_LIBDIR} ${libraries}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${root})
