with source as (
    select * from {{ source('lake', 'feeds') }}
)

select * from source
