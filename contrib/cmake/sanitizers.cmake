# One cache variable switches the sanitizers on for everything that is compiled here.
if(KEPENG_SANITIZE)
  add_compile_options(-fsanitize=${KEPENG_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KEPENG_SANITIZE})
  if(KEPENG_SANITIZE STREQUAL "thread")
    add_compile_options(-Wno-tsan)  # Asio uses fences, which the sanitizer does not model
  endif()
endif()
