import sys
sys.exit("stopping because of text")
