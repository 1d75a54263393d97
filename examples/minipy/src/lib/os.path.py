from posixpath import (sep, curdir, pardir, extsep, pathsep, join, split,
                       basename, dirname, splitext, isabs, normpath, abspath,
                       realpath, relpath, expanduser, exists, isfile, isdir,
                       commonprefix)
