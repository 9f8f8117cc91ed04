# cmake -DOUT=file.c -DFILES="a/page.css;b/figure.css" -P embed_text.cmake: each file as the string
# clt_page_css, clt_figure_css, which a header of the folder declares.
set(strings "")
foreach(path IN LISTS FILES)
  get_filename_component(name ${path} NAME)
  string(MAKE_C_IDENTIFIER ${name} id)
  file(READ ${path} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND strings "extern const char clt_${id}[];\nconst char clt_${id}[] = {${bytes}0};\n")
endforeach()
file(WRITE ${OUT} "${strings}")
