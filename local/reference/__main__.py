"""`make reference`: write the reference pages."""

from local import reference

if __name__ == "__main__":
    reference.write()
    print(f"{len(reference.PAGES)} pages are in docs/reference")
