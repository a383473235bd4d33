# Finds the folder that holds <xsimd/xsimd.hpp>. Shared by the build and by the installed package.
#
# xsimd is taken as a folder, never as its CMake target: some distributions' target asks for a further library (xtl) that
# Tenon does not use. Sets `out` to the folder, or to a value that ends in NOTFOUND.
function(tenon_locate_xsimd out)
  foreach(target IN ITEMS xsimd xsimd::xsimd)
    if(TARGET ${target})                                     # the parent project brings its own
      get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
      foreach(folder IN LISTS folders)
        string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" folder "${folder}")
        if(EXISTS "${folder}/xsimd/xsimd.hpp")
          set(${out} "${folder}" PARENT_SCOPE)
          return()
        endif()
      endforeach()
    endif()
  endforeach()
  find_path(folder xsimd/xsimd.hpp NO_CACHE)
  string(REGEX REPLACE "(.)/$" "\\1" folder "${folder}")    # /usr/include/ is one of the folders that the compiler knows
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()
