-- Rows without a usable number whose subject a steward has linked: accepted rows and rows in quarantine alike.
with links as (
    select * from {{ ref('int_identities__linked') }} where is_followed
),

subject_rows as (
    select * from {{ ref('stg_lake__identity_rows') }}
),

final as (
    select
        subject_rows.feed_id,
        subject_rows.batch_id,
        subject_rows.row_number,
        links.person_key
    from subject_rows
    inner join links on subject_rows.subject_key = links.subject_key
)

select * from final
