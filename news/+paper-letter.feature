Who answered on paper and lost has a letter to print, sign and post, with the reasons of the analysis, in the words of the collectivité.
